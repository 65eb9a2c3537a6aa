"""Masking: what a pattern can find of a person in their own words, put out of sight.

Rules of this file: pure. Patterns are matched on a shadow of the text, in which full-width letters
and the digits of every script are plain ones and unseen characters are a blank, place by place, so
that writing it otherwise does not hide a number. What is doubtful is masked: too much rather than
too little. Whose number it was, nobody can tell from a pattern: that of a perpetrator goes as well.
**Names are not found**, nor most addresses, nor what only a reader would recognise.
"""

import re
import unicodedata

from desk.safe_text import safe_line

LINK, MAIL, HANDLE, NUMBER, ADDRESS = "[link]", "[mail]", "[handle]", "[number]", "[address]"
ENOUGH = 5  # digits that may lead to somebody: a short telephone extension is four

_STOP = (
    r"\s\u3000-\u303f\uff01-\uff0f\u060c\u061b<>()\[\]{}\"'"  # what no address of ours runs over
)
_ENDINGS = (
    "com|net|org|info|biz|edu|gov|io|me|co|app|dev|site|online|link|top|xyz|vip|live|chat|tv|cc|"
    "ch|cn|de|eu|fr|uk|us|ca|au|hk|in|ir|it|jp|kr|kz|kg|mn|nl|no|pk|ru|se|tr|tw|uz|su|by|ua"
)
_APPS = (
    "wechat|weixin|微信|wx|qq|telegram|signal|whatsapp|line|skype|viber|kakao(?:talk)?|"
    "facebook|fb|instagram|ig|twitter|tiktok|douyin|抖音|weibo|微博|vk|threema|imo"
)
_CALLED = "id|号码|號碼|号|號|account|number|name|user"
_GAP = r"[ \t.\-()/·_–—]{0,3}"  # between the digits of one number
_STREET = "street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|square|court|way"
_HAN_STREET = "路|街|道|巷|弄|胡同|小区|小區"

#: In this order: what one has masked, no later one looks at.
_PATTERNS = (
    (LINK, rf"[a-z][a-z0-9+.\-]{{1,20}}://[^{_STOP}]+"),
    (
        MAIL,
        r"[a-z0-9._%+\-]{1,64} ?(?:@|[(\[]at[)\]]) ?[a-z0-9\-]{1,63}(?: ?\. ?[a-z0-9\-]{1,63})+",
    ),
    (
        LINK,
        rf"(?<![a-z0-9])(?:[a-z0-9\-]{{1,63}}\.){{1,9}}(?:{_ENDINGS})(?![a-z0-9\-])(?:[/?#:][^{_STOP}]*)?",
    ),
    (HANDLE, rf"[^{_STOP}@]{{0,64}}@[^{_STOP}@]+"),
    (HANDLE, rf"(?<![a-z0-9])(?:{_APPS})\s*(?:{_CALLED})?\s*[:=是：]\s*[^{_STOP}]+"),
    (HANDLE, rf"(?<![a-z0-9])(?:{_APPS})\s*(?:{_CALLED})\s*(?:is\s+)?[a-z0-9_.\-]{{3,}}"),
    (ADDRESS, r"〒\s*\d{3}-?\d{4}"),
    (ADDRESS, r"(?:[^\W\d_a-z]{2,12})?\d{1,4}(?:丁目|番地|番|号室)[\d番地号室の\-]*"),
    (
        ADDRESS,
        rf"[\u4e00-\u9fff]{{2,20}}?(?:{_HAN_STREET})[\d〇零一-九十百]{{1,6}}[号號栋棟]\S{{0,12}}",
    ),
    (ADDRESS, rf"\d{{1,5}}[a-z]?,? (?:[\w'’\-]{{1,30}} ){{1,4}}(?:{_STREET})\b\.?"),
    (ADDRESS, r"\w{2,40}(?:stra(?:ß|ss)e|str\.|gasse|allee|platz|weg) \d{1,4}[a-z]?(?!\w)"),
    (ADDRESS, r"\w{1,40} (?:sokak|sok\.|caddesi|cad\.|mahallesi|mah\.)(?: no[:.]? ?\d+\S*)?"),
    (
        NUMBER,
        rf"(?:[a-z]{{1,4}}-?)?[+#]?\d(?:{_GAP}\d){{{ENOUGH - 1},}}(?:-?[a-z]{{1,3}}(?![a-z]))?",
    ),
    (NUMBER, r"[〇零一二三四五六七八九幺两]{7,}"),
)
PATTERNS = tuple((mask, re.compile(pattern, re.IGNORECASE)) for mask, pattern in _PATTERNS)
#: Days and years look like numbers, and name nobody by themselves.
DAY = re.compile(
    r"(?:19|20)\d\d[ ./\-](?:0?[1-9]|1[0-2])(?:[ ./\-](?:0?[1-9]|[12]\d|3[01]))?", re.ASCII
)
TURNED = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[./\-](?:0?[1-9]|[12]\d|3[01])[./\-](?:19|20)\d\d", re.ASCII
)
YEARS = re.compile(r"(?:19|20)\d\d(?:[ ./\-–—]{1,3}(?:19|20)\d\d)+", re.ASCII)
DAYS = (DAY, TURNED, YEARS)


_FULL_SIGNS = "".join(chr(ord(c) + 0xFEE0) for c in "@./:+-_#()")


def masked(text: str) -> str:
    """Return a person's words with what patterns find of a person masked."""
    for mask, pattern in PATTERNS:
        shadow, pieces, end = _shadow(text), list[str](), 0
        for found in pattern.finditer(shadow):
            if mask == NUMBER and any(day.fullmatch(found[0]) for day in DAYS):
                continue
            pieces += [text[end : found.start()], mask]
            end = found.end()
        text = "".join([*pieces, text[end:]])
    return text


def _shadow(text: str) -> str:
    """Return a text of the same length in which every way to write a digit or a letter is one."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(c: str) -> str:
    if c.isascii():
        return c
    digit = unicodedata.digit(c, None)
    if digit is not None:
        return str(digit)
    if "\uff01" <= c <= "\uff5e" and (c.isalnum() or c in _FULL_SIGNS):
        return chr(ord(c) - 0xFEE0)
    if c in "\u2010\u2011\u2012\u2212\u30fc\u3000\u00a0" or safe_line(c) != c:
        return "-" if unicodedata.category(c) == "Pd" or c in "\u2212\u30fc" else " "
    return c
