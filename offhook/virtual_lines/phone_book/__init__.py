"""The phone book: which numbers and names lead to hosts outside."""

from offhook.virtual_lines.phone_book.book import DialOut, Entry, PhoneBook
from offhook.virtual_lines.phone_book.pattern import check_groups, parse_pattern
from offhook.virtual_lines.phone_book.route_text import parse_route

__all__ = ["DialOut", "Entry", "PhoneBook", "check_groups", "parse_pattern", "parse_route"]
