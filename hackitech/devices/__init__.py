"""Where a member is reached besides the inbox and email: browsers, phones and webhooks."""
