import os

from restaurant import SECRETS

os.environ.update(SECRETS)
