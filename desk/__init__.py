"""The staff's side: keys, casefiles and what staff answer, on their own computer."""
