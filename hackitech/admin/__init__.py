"""The admin pages, which call what the other packages can do; and the doctor, who looks at every part."""
