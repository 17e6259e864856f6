"""Links as mail programs, chats and learning platforms hand them on.

An address is escaped twice (`&amp;depth=4`, `%26depth%3D4`), gets parameters that count visits, or
ends in the full stop of its sentence. None of these characters stands in any value of ours, so what
was meant is clear; whatever is left over is named as before.
"""

import html
import re
import unicodedata
from urllib.parse import parse_qsl, unquote

# Parameters that senders and platforms add for themselves. None of them may be a setting's name.
_NAMES = """
    fbclid gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid msclkid yclid ysclid ymclid
    twclid ttclid li_fat_id igshid igsh mibextid fb_ref fb_source fb_action_ids fb_action_types
    mc_cid mc_eid mkt_tok ssid phpsessid jsessionid _ga _gl _gac _gid _ke _kx _hsenc _hsmi __hssc
    __hstc __hsfp hsctatracking vero_id vero_conv oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid
    ef_id wickedid srsltid epik _openstat _branch_match_id ref ref_src ref_url referrer referer
    source trk trkinfo trkemail trackingid tracking_id cmpid campaign_id campaignid ml_subscriber
    ml_subscriber_hash elqtrackid elqtrack elqtrackat elqaid elqat elqcampaignid spm usp authuser
    si hl xtor sid mcid sharer data sdata reserved fromsafelinks isappinstalled
    redirect forceview forcedownload sesskey courseid course_id module_item_id nocache cachebuster
"""
TRACKING = frozenset(_NAMES.split())
TRACKING_BEGINNINGS = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "ga_", "at_", "stm_")
AMPERSAND = re.compile(r"&(?:amp;?|#0*38;|#x0*26;)+|\\u0026|\\&", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+\d*);", re.IGNORECASE)
SOFT_BREAK = re.compile(r"=(?:%0d|\r)?(?:%0a|\n)", re.IGNORECASE)  # of quoted-printable mail
SEMICOLON = re.compile(r"(?<!amp);(?=[a-z_0-9]+=)", re.IGNORECASE)  # what may part settings, too
ESCAPED = re.compile(r"%(25)*(26|3d|3f)", re.IGNORECASE)  # & = ? stand in no value
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
AFTER = " .,;:!?)]}<>*_|/%&\\'\"`´’‘“”„«»‹›…"  # what a sentence puts behind an address
BEFORE = "<([{\"'`´’‘“”„«»‹›"
ENDS = re.compile(r"\]\(|[|<>#]")  # Markdown's and chats' words for the link, a place in the page
ESCAPES = 3  # how often an address is taken to have been escaped again


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The keys and values that a query was meant to have, less what others added to it.

    >>> pairs_of("?width=9&amp;depth=4&utm_source=moodle&fbclid=x&sheet=1.2b.")
    [('width', '9'), ('depth', '4'), ('sheet', '1.2b')]
    """
    plain = "&".join(map(_unbroken, query.lstrip("?").split("&")))
    for _ in range(ESCAPES):
        if not ESCAPED.search(plain):
            break
        plain = ESCAPED.sub(lambda found: unquote(f"%{found[2]}"), plain)
    plain = AMPERSAND.sub("&", plain.replace("?", "&"))
    plain = SEMICOLON.sub("&", ENTITY.sub(lambda found: html.unescape(found[0]), plain))
    pairs = [(_key(key), _value(value)) for key, value in parse_qsl(plain, keep_blank_values=True)]
    if pairs:
        key, value = pairs[-1]
        pairs[-1] = key, ENDS.split(value)[0].rstrip(AFTER) or value
    return [(key, value) for key, value in pairs if key and not is_tracking(key)]


def is_tracking(key: str) -> bool:
    """Whether a parameter is known to be somebody's count of visits, or a platform's own."""
    name = key.lower()
    return name in TRACKING or name.startswith(TRACKING_BEGINNINGS)


def _key(raw: str) -> str:
    """A name without what is left of an ampersand that was escaped: amp;depth."""
    key = _readable(raw)
    while key[:4].lower() == "amp;" or key[:1] in ("&", ";"):
        key = key[4:] if key[:4].lower() == "amp;" else key[1:]
    return "".join(key.lstrip(BEFORE).split())


def _value(raw: str) -> str:
    """A value; one of quoted-printable mail keeps the code of its equals sign: 3D9."""
    value = _readable(raw)
    return value[2:] if value[:2].upper() == "3D" else value


def _readable(raw: str) -> str:
    """Without what no one sees: line breaks, zero width, halves of characters; digits as ours."""
    text = raw
    for _ in range(ESCAPES):
        text = unquote(text)
    text = unicodedata.normalize("NFKC", text.translate(DASHES))
    return "".join(c for c in text if c.isprintable() and c != "\ufffd").strip()


def _unbroken(part: str) -> str:
    """Without soft breaks, unless that takes the part's own sign: a value may begin with one."""
    plain = SOFT_BREAK.sub("", part)
    return plain if "=" in plain or ESCAPED.search(plain) else part
