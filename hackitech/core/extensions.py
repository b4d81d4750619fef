"""The extensions that `app.create_app` binds to the application."""

from flask_login import LoginManager
from flask_migrate import Migrate

login_manager = LoginManager()
migrate = Migrate()
