-- +goose Up

CREATE SCHEMA IF NOT EXISTS athena;
