"""What old machines send for a letter, and what a host sends for it: translation of the bytes of a call.

A `Translation` is one call's: it remembers where a chunk was cut. It is made by `translation`, by the name of the
machine's charset.
"""

from offhook.virtual_lines.charsets.charset import CHARSET_NAMES, CHARSETS, LineCharset, Translation, translation

__all__ = ["CHARSETS", "CHARSET_NAMES", "LineCharset", "Translation", "translation"]
