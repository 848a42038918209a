// Package models turns the lake into the warehouse. Each SQL file below this directory creates one table or view
// (staging reads the lake, intermediate reads staging, marts are what pages and analysts read) or states
// one check; the header of the file is its documentation. Build runs the files in the order of their
// inputs inside a database that it is given, verifies every declared grain and column, runs the checks
// and describes itself in the schema meta. It knows no driver and no Kafka, and what it publishes never
// refers to a file outside the database.
package models

import (
	"embed"
	"io/fs"
)

// Layer says how far a table is from the lake. Layers look only down.
type Layer string

// The three layers of tables.
const (
	Staging      Layer = "staging"
	Intermediate Layer = "intermediate"
	Marts        Layer = "marts"
)

// Severity says what a violated check means: an Error fails the build, a Warn is reported.
type Severity string

// The two severities.
const (
	Error Severity = "error"
	Warn  Severity = "warn"
)

// Column is one column of a mart and what it means.
type Column struct {
	Name, Doc string
}

// Model is one SQL file that creates one table or view, named like the file.
type Model struct {
	Name        string
	Layer       Layer
	File        string // path below models/
	Description string
	Grain       []string // columns that identify a row
	Inputs      []string // models by name, lake tables as lake.x, reference tables as ref.x
	By          []string // person by person: column of the one to whom a row belongs, on whose input rows alone it rests
	First       []string // staging by person: of the rows of one grain the first by these columns stays
	Compared    []string // made as a whole, then compared: columns of those to whom a row belongs
	Due         string   // select of the people for whom the day makes a difference, when it moves from $last to $day
	View        string   // why the model is a view, whose rows are not written; empty for a table
	Columns     []Column // documented for marts
	Tags        []string // ids of the tags that the model can give, for models that give tags
	SQL         string   // one select
}

// Check is one SQL file whose rows are violations.
type Check struct {
	Name        string
	File        string
	Description string
	Severity    Severity
	Inputs      []string
	Denominator string // table whose rows could violate, or a select that counts them
	SQL         string
}

//go:embed staging/*.sql intermediate/*.sql marts/*.sql checks/*.sql reference/*.sql macros.sql
var files embed.FS

// List returns all models in the order in which they are built, with their parsed headers.
func List() ([]Model, error) {
	c, err := load(files)
	return c.models, err
}

// Checks returns all checks by name.
func Checks() ([]Check, error) {
	c, err := load(files)
	return c.checks, err
}

// Tags returns the ids of the tags that SQL gives by itself. Tags that only text gives are not among
// them: they follow from the reference table tag_concepts.
func Tags() ([]string, error) {
	c, err := load(files)
	if err != nil {
		return nil, err
	}
	var tags []string
	for _, m := range c.models {
		tags = append(tags, m.Tags...)
	}
	return sortedUnique(tags), nil
}

// ReferenceDDL returns reference table name → the create statement that models expect.
func ReferenceDDL() (map[string]string, error) {
	return readSQL(files, "reference")
}

// catalogue is everything that the SQL files declare, checked against itself.
type catalogue struct {
	models    []Model // in build order
	checks    []Check // by name
	reference map[string]string
	macros    string
}

// load parses and verifies all files: headers, inputs, layers and order.
func load(fsys fs.FS) (catalogue, error) {
	var c catalogue
	for _, layer := range []Layer{Staging, Intermediate, Marts} {
		ms, err := readModels(fsys, layer)
		if err != nil {
			return c, err
		}
		c.models = append(c.models, ms...)
	}
	var err error
	if c.checks, err = readChecks(fsys); err != nil {
		return c, err
	}
	if c.reference, err = readSQL(fsys, "reference"); err != nil {
		return c, err
	}
	macros, err := fs.ReadFile(fsys, "macros.sql")
	if err != nil {
		return c, err
	}
	c.macros = string(macros)
	c.models, err = verify(c)
	return c, err
}
