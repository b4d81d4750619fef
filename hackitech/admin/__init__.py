"""Looking after the site as a whole: the doctor, and the types' copy in the database."""
