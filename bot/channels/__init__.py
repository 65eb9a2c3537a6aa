"""The edges where people write: each channel decodes what comes and lays out what goes."""
