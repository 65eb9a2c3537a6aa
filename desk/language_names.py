"""What the languages of the line are called at the desk, whose own words are English.

Rules of this file: names made by hand, as `bot.texts.languages` has them by their own names; never
CLDR's, which are not neutral for places. A language that is not here is shown by its tag.
"""

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "en": "English",
    "zh-Hans": "Chinese (simplified)",
    "zh-Hant": "Chinese (traditional)",
    "zh-Hant-TW": "Chinese (Taiwan)",
    "zh-Hant-HK": "Chinese (Hong Kong)",
    "yue-Hant": "Cantonese",
    "ug": "Uyghur",
    "ug-Latn": "Uyghur (Latin)",
    "ug-Cyrl": "Uyghur (Cyrillic)",
    "bo": "Tibetan",
    "mn": "Mongolian",
    "mn-Mong": "Mongolian (old script)",
    "kk-Cyrl": "Kazakh",
    "kk-Arab": "Kazakh (Arabic)",
    "uz": "Uzbek",
    "uz-Cyrl": "Uzbek (Cyrillic)",
    "ky": "Kyrgyz",
    "tg": "Tajik",
    "ja": "Japanese",
    "ko": "Korean",
    "vi": "Vietnamese",
    "th": "Thai",
    "tr": "Turkish",
    "de": "German",
    "nl": "Dutch",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "pt-BR": "Portuguese (Brazil)",
    "it": "Italian",
    "ru": "Russian",
    "ar": "Arabic",
    "fa": "Persian",
    "fa-AF": "Dari",
    "ps": "Pashto",
    "ckb": "Kurdish (Sorani)",
    "ur": "Urdu",
    "sv": "Swedish",
    "nb": "Norwegian",
    "id": "Indonesian",
    "ms": "Malay",
    "my": "Burmese",
    "km": "Khmer",
    "lo": "Lao",
    "am": "Amharic",
    "ti": "Tigrinya",
    "hi": "Hindi",
    "pa": "Punjabi",
}


def name_of(tag: str) -> str:
    """Return a language's name, or its tag where none is known."""
    return NAMES.get(tag, tag)
