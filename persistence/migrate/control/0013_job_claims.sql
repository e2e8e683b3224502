-- +goose Up

-- Which claim of its process a job has, so that the end of an older one ends no newer one.
ALTER TABLE athena_jobs ADD COLUMN claim uuid;
