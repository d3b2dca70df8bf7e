from click.testing import CliRunner

from offhook.cli.null_modem import null_modem


def test_a_cable_has_two_ends():
    result = CliRunner().invoke(null_modem, ["pty:./a", "pty:./a"])
    assert result.exit_code == 2
    assert "'pty:./a' is both ends of the cable" in result.output
