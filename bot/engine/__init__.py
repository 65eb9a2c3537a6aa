"""The conversation as a pure function: state and event in, state and effects out."""
