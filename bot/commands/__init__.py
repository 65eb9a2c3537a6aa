"""The commands of `quietline`, one file for each word; `bot.__main__` gathers them."""
