from enrich.cli.main import app

app()
