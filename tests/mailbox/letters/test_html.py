import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.mailbox.letters.html import MAX_LINES, html_lines
from offhook.mailbox.letters.markup import MAX_TAGS, simplify


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("one  two\n three", ["one two three"]),
        ("<p>one</p><p>two", ["one", "", "two"]),
        ("a<br>b<br><br>c", ["a", "b", "", "c"]),
        ("<div>a</div><div>b<div>c</div></div>d", ["a", "b", "c", "d"]),
        ("<h1>Title</h1>text", ["Title", "", "text"]),
        ("<ul><li>a<li>b</ul>c", ["* a", "* b", "", "c"]),
        ("<ol start=3><li>a<li><p>b</ol>", ["3. a", "", "4. b"]),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", ["* a", "  * b", "* c"]),
        ("x<blockquote>a<p>b<blockquote>c</blockquote></blockquote>d", ["x", "", "> a", ">", "> b", ">", "> > c", "",
          "d"]),
        ("<table><tr><td>a<td>b<tr><th>c</th><td>d</td></table>", ["a  b", "c  d"]),
        ("<pre>a\n  b\n\nc</pre>d", ["a", "  b", "", "c", "", "d"]),
        ("a<hr>b", ["a", "", "-" * 40, "", "b"]),
        ('<a href="http://x/y?a=1&amp;b=2">here</a>', ["here[1]", "", "[1] http://x/y?a=1&b=2"]),
        ('<a href="http://x">http://x</a>', ["http://x"]),
        ('<a href="mailto:a@b">a@b</a>', ["a@b"]),
        ('<a href="javascript:x">click</a> <a href="#top">up</a>', ["click up"]),
        ('<a href="http://x">a</a><a href="http://x">b</a>', ["a[1]b[1]", "", "[1] http://x"]),
        ('<img src=x alt="a cat"> <img src=y alt="">', ["[a cat]"]),
        ("<b>bold</b> <i>x</i><span>y</span>", ["bold xy"]),
        ("a<script>if (a<b) '</scr'</script>b<style>p{}</style>c", ["abc"]),
        ("<head><title>t</title></head><body>b", ["b"]),
        ('a<span style="color:red; display : none">hidden <b>deep</b></span>b', ["ab"]),
        ("a<div hidden>no</div>b", ["ab"]),
        ("a<!-- <p>comment --> b<![CDATA[x]]><?php y ?>", ["a b"]),
        ("&lt;b&gt; &amp;amp; &eacute;&#8364;&#27;", ["<b> &amp; é€\x1b"]),
        ("1 < 2 > 1 <3", ["1 < 2 > 1 <3"]),
        ("a<p b='", ["a"]),
        ("<script>never closed", ["never closed"]),
        ("", []),
    ],
)  # fmt: skip
def test_html_becomes_lines(html: str, lines: list[str]):
    assert html_lines(html) == (lines, True)


def test_html_beyond_the_bounds_is_left_out_and_that_is_told():
    lines, complete = html_lines("<p>x" * (2 * MAX_TAGS))
    assert lines.count("x") == MAX_TAGS
    assert not complete
    lines, complete = html_lines("<pre>" + "x\n" * (3 * MAX_LINES))
    assert len(lines) <= MAX_LINES + 2


def test_the_parser_never_sees_more_tags_or_attributes_than_it_can_bear():
    for hostile in (
        "<x>" * 50_000,
        "<p " + " ".join(f"a{n}" for n in range(50_000)) + ">",
        '<p x="<a" ' * 50_000 + ">",
    ):
        simple, _ = simplify(hostile)
        assert simple.count("<") <= MAX_TAGS
        assert " a" not in simple


MARKUP = (
    "<p> </p> <ul> <li> </ul> <ol> <table> <td> <tr> </table> <blockquote> </blockquote> <pre> </pre> <a\thref=http://x>"
    " </a> <br> <img\talt=x> <div\thidden> </div> <script> </script> <!-- --> <p\ta=' <x\t/> </x> < & &lt; word"
)
TAGS = st.sampled_from(MARKUP.split(" "))


@settings(max_examples=300)
@given(st.lists(TAGS, max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_html(html: str):
    lines, _ = html_lines(html.replace("\t", " "))
    assert all("\n" not in line for line in lines)


@given(st.lists(st.text("abcxyz", min_size=1, max_size=8), min_size=1, max_size=10))
def test_every_word_of_a_text_is_shown(words: list[str]):
    lines, _ = html_lines("".join(f"<div><p><b>{word}</b></div>" for word in words))
    assert " ".join(lines).split() == words
