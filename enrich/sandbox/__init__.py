"""A CRM to develop against, over real HTTP, with stand-ins of the systems around it. No real guest is in it."""
