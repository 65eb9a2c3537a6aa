"""The form: read from XLSForm, linted, and compiled into one frozen value."""
