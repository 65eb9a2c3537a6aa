"""The web desk: the staff's pages, on their own computer and for nobody else.

Rules of this package: it listens on this computer only, asks nothing of any other, and writes
nothing that is open. What a page says is decided by the desk's own modules; here it becomes HTML.
"""
