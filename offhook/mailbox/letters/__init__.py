"""Letters as such: what they are, apart from where they lie."""

from offhook.mailbox.letters.address import Address, is_valid_address, parse_addresses, quote_name, same_address
from offhook.mailbox.letters.catalog import (
    GONE_BIT,
    NEW_BIT,
    STATE_BITS,
    Catalog,
    Found,
    Heading,
    Listing,
    Where,
    flags_in,
    ref_of,
    state_of,
)
from offhook.mailbox.letters.compose import (
    Draft,
    bare_subject,
    compose,
    envelope_of,
    forward,
    make_message_id,
    quote_letter,
    reply,
)
from offhook.mailbox.letters.convert import Converted, convert
from offhook.mailbox.letters.dates import format_date, parse_date
from offhook.mailbox.letters.envelope import Envelope
from offhook.mailbox.letters.failures import LetterGone, MaildropFailure, PermanentFailure, TemporaryFailure
from offhook.mailbox.letters.header import MAX_HEADER_BYTES, Headers, decode_header, read_headers
from offhook.mailbox.letters.heading import heading_fields, heading_in, heading_of
from offhook.mailbox.letters.keywords import LONGEST_KEYWORD, Keyword, check_keywords, is_keyword
from offhook.mailbox.letters.line_ends import file_form, wire_form
from offhook.mailbox.letters.maildrop import (
    Append,
    Entry,
    Flag,
    Folders,
    LetterKey,
    Maildrop,
    Marking,
    Recognizing,
    marked_in,
)
from offhook.mailbox.letters.plain_catalog import (
    LONGEST_WORD,
    PlainCatalog,
    catalog_of,
    searched_text,
    words_in,
)
from offhook.mailbox.letters.post_office import PostOffice
from offhook.mailbox.letters.postmark import Octets, prepare_for_delivery, prepare_for_forwarding, received_line
from offhook.mailbox.letters.render import Attachment, Rendered, heading_lines, render, render_raw
from offhook.mailbox.letters.summary import Summary, summarize
from offhook.mailbox.letters.survey import Changes, Remembering, Survey, key_in, word_of
from offhook.mailbox.letters.transfer import INBOX, copy_letters, move_letters, store_of

__all__ = [
    "GONE_BIT",
    "INBOX",
    "LONGEST_KEYWORD",
    "LONGEST_WORD",
    "MAX_HEADER_BYTES",
    "NEW_BIT",
    "STATE_BITS",
    "Address",
    "Append",
    "Attachment",
    "Catalog",
    "Changes",
    "Converted",
    "Draft",
    "Entry",
    "Envelope",
    "Flag",
    "Folders",
    "Found",
    "Headers",
    "Heading",
    "Keyword",
    "LetterGone",
    "LetterKey",
    "Listing",
    "Maildrop",
    "MaildropFailure",
    "Marking",
    "Octets",
    "PermanentFailure",
    "PlainCatalog",
    "PostOffice",
    "Recognizing",
    "Remembering",
    "Rendered",
    "Summary",
    "Survey",
    "TemporaryFailure",
    "Where",
    "bare_subject",
    "catalog_of",
    "check_keywords",
    "compose",
    "convert",
    "copy_letters",
    "decode_header",
    "envelope_of",
    "file_form",
    "flags_in",
    "format_date",
    "forward",
    "heading_fields",
    "heading_in",
    "heading_lines",
    "heading_of",
    "is_keyword",
    "is_valid_address",
    "key_in",
    "make_message_id",
    "marked_in",
    "move_letters",
    "parse_addresses",
    "parse_date",
    "prepare_for_delivery",
    "prepare_for_forwarding",
    "quote_letter",
    "quote_name",
    "read_headers",
    "received_line",
    "ref_of",
    "render",
    "render_raw",
    "reply",
    "same_address",
    "searched_text",
    "state_of",
    "store_of",
    "summarize",
    "wire_form",
    "word_of",
    "words_in",
]
