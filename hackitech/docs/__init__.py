"""The API's own documentation: the OpenAPI document, and a page made from it."""
