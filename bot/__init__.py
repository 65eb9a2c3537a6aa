"""The process that talks: it asks, seals each answer as it comes, and cannot read it back."""
