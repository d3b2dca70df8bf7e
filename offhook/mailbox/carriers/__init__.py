"""Who takes letters to other hosts: a smarthost by SMTP, or sendmail(1)."""

from offhook.mailbox.carriers.carrier import Carrier
from offhook.mailbox.carriers.sendmail import Sendmail
from offhook.mailbox.carriers.submit import Smarthost

__all__ = ["Carrier", "Sendmail", "Smarthost"]
