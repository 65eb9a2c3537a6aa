"""Piped reports for the demo: lines a person types, one report in each language."""

from bot.texts.languages import LANGUAGES

#: The person's own words, in their own script.
WORDS = {
    "en": "Two officers came to my parents' home and asked about me.",
    "zh-Hans": "两个警察去了我父母家，问了我的情况。",
    "zh-Hant": "兩個警察去了我父母家，問了我的情況。",
    "ug": "ئىككى ساقچى ئاتا-ئانامنىڭ ئۆيىگە كېلىپ، مەن ھەققىدە سورىدى.",
    "ja": "警察官が二人、両親の家に来て、私のことを聞きました。",
}
#: Codes that the short report below ends with, beside the words.
ANSWERS = {
    "S1": "yes",
    "S2": "no",
    "C1": "yes",
    "C2": "adult",
    "A2": "CP TD",
    "A3": "week",
    "A4": "JP",
    "M0": "send",
    "F1": "no",
}


def short(language: str, words: str | None = None) -> list[str]:
    """Return the lines of a short report: language, ten questions, send."""
    said = WORDS[language] if words is None else words
    return [
        LANGUAGES[language].autonym,
        "1",
        "1",
        "1",
        "1",
        said,
        "/done",
        "1, 2",
        "1",
        "1",
        "3",
        "1",
        "1",
    ]
