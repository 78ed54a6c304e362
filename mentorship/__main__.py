"""`python -m mentorship`: the same as the `mentorship` command."""

import sys

from mentorship.cli import main

sys.exit(main())
