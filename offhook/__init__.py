"""Real e-mail, and a real telephone line, behind any serial port."""

__all__: list[str] = []
