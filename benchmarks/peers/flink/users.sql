-- Users: of each the newest row.
SELECT user_id, country, plan FROM newest_users
