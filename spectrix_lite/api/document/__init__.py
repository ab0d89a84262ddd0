"""What the API says of itself: the schemas of what its calls take and give, and the OpenAPI document made of them."""
