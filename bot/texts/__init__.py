"""What people read, in their language: Fluent messages behind one wrapper."""

from bot.texts.catalogue import Catalogue
from bot.texts.library import Layer, Texts, load, read, shipped
from bot.texts.negotiation import negotiate, offered, order_menu
from bot.texts.status import Status

__all__ = [
    "Catalogue",
    "Layer",
    "Status",
    "Texts",
    "load",
    "negotiate",
    "offered",
    "order_menu",
    "read",
    "shipped",
]
