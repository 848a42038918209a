package dashboards

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"phdp/dashboards/access"
)

// object is a piece of the OpenAPI document.
type object = map[string]any

// schemas collects the schemas of the types that answers are made of.
type schemas map[string]any

// of returns the schema of a type as apiEncoder writes it; structures with a name become components.
func (s schemas) of(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[rate]():
		return s.of(reflect.TypeFor[apiRate]())
	case t.Implements(marshalerType):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Int64:
		return object{"type": []string{"integer", "null"}}
	case reflect.Float32, reflect.Float64:
		return object{"type": []string{"number", "null"}}
	case reflect.Interface:
		return object{}
	case reflect.Pointer:
		return object{"anyOf": []any{s.of(t.Elem()), object{"type": "null"}}}
	case reflect.Slice, reflect.Array:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.structure(t)
	}
	return object{"type": "integer"}
}

func (s schemas) structure(t reflect.Type) object {
	if first, ok := nullable(t); ok {
		return object{"anyOf": []any{s.of(t.Field(first).Type), object{"type": "null"}}}
	}
	name := t.Name()
	if _, known := s[name]; !known || name == "" {
		properties, required := object{}, []string{}
		out := object{"type": "object", "additionalProperties": false, "properties": properties}
		if name != "" {
			s[name] = out // before its fields, which may hold it again
		}
		for _, f := range apiFields(t) {
			properties[f.name] = s.of(f.kind)
			if !f.spare {
				required = append(required, f.name)
			}
		}
		out["required"] = required
		if name == "" {
			return out
		}
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// answer is the schema of what a page's address gives.
func (s schemas) answer(data any) object {
	all := s.structure(reflect.TypeFor[apiAnswer]())
	return object{"allOf": []any{all, object{"type": "object", "properties": object{"data": s.of(reflect.TypeOf(data))}}}}
}

// parameterTexts say what parameters mean.
var parameterTexts = map[string]string{
	"line": "Code of a disease line; absent for all", "class": "Code of a drug class", "period": "r90, r180 or r365: days that the measure looks back",
	"s": "Names of the saved segments that are compared", "mask": "Combination of segments: the sum of 1 for the first, 2 for the second, 4 for the third and so on",
	"segment": "Name of a saved segment: only its people are counted", "cmp": "What it is compared with: prev, yoy, line:, class:, owner: or segment: and a code or name",
	"lost": "Step of the journey that people did not reach", "page": "Number of the page of the list, from 1", "stage": "Stage of the treatment",
	"low": "Drug class whose supply does not reach the threshold", "g": "Tags of a group: all:, any: or none: and ids with commas", "purpose": "What the list is for: refill_reminder, follow_up, education or quality_check",
	"q": "Beginning of a pseudonym", "patient_id": "Pseudonym of a person", "kind": "Kind of event: chat, prescription, activity or measurement",
	"code": "Stage or drug class that people had", "level": "At which place of the path they had it", "month": "Month, as 2026-01", "owner": "Staff id of the people's owner",
	"cohort": "Month of the first purchase, as 2026-01", "after": "Months after it, 1 to 12", "family": "Family of tags", "tag": "Id of a tag",
	"lang": "zh-CN or en: language of titles and names",
}

// describe says what a parameter means, or at least that the page has it too.
func describe(name string) string {
	if text, known := parameterTexts[name]; known {
		return text
	}
	return "As the filter of the page of the same name"
}

var langSchema = object{"type": "string", "enum": languages, "default": languages[0]}

func parameterSchema(p param) object {
	one := object{"type": "string", "description": describe(p.name)}
	if p.fallback != "" {
		one["default"] = p.fallback
	}
	if p.repeat {
		return object{"type": "array", "items": one}
	}
	return one
}

// rightScopes are the scopes that a token needs for a right.
func rightScopes(right access.Right) string {
	var names []string
	for _, scope := range access.Scopes() {
		if scope.Gives(right) {
			names = append(names, string(scope))
		}
	}
	return strings.Join(names, " or ")
}

// operation describes a route.
func (s schemas) operation(r apiRoute) object {
	parameters := []any{object{"name": "lang", "in": "query", "description": parameterTexts["lang"], "schema": langSchema}}
	body := object{}
	for _, p := range r.params {
		if r.body {
			body[p.name] = parameterSchema(p)
			continue
		}
		parameters = append(parameters, object{"name": p.name, "in": "query", "description": describe(p.name), "schema": parameterSchema(p)})
	}
	for piece := range strings.SplitSeq(r.path, "/") {
		if name := strings.Trim(piece, "{}"); name != piece {
			parameters = append(parameters, object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}})
		}
	}
	content := object{}
	switch {
	case r.page != nil:
		content[kindJSON] = object{"schema": s.answer(r.data)}
	default:
		for kind, sample := range r.gives {
			content[kind] = object{}
			if sample != nil {
				content[kind] = object{"schema": s.of(reflect.TypeOf(sample))}
			}
		}
	}
	out := object{"operationId": r.name, "summary": r.summary, "description": "Scope of a token: " + rightScopes(r.right) + ".", "parameters": parameters,
		"responses": object{"200": object{"description": "The answer", "content": content}, "304": object{"description": "Not changed since the ETag in If-None-Match"}, "default": object{"$ref": "#/components/responses/Problem"}}}
	switch {
	case r.body:
		out["requestBody"] = jsonBody(object{"type": "object", "additionalProperties": false, "properties": body})
	case r.input != nil:
		out["requestBody"] = jsonBody(s.of(reflect.TypeOf(r.input)))
	}
	return out
}

func jsonBody(schema object) object {
	return object{"required": true, "content": object{"application/json": object{"schema": schema}}}
}

// openAPI writes the document of the routes (OpenAPI 3.1).
func (s *Server) openAPI(routes []apiRoute) []byte {
	all, paths := schemas{}, object{}
	for _, r := range routes {
		path, _ := paths[apiRoot+r.path].(object)
		if path == nil {
			path = object{}
			paths[apiRoot+r.path] = path
		}
		path[strings.ToLower(r.method)] = all.operation(r)
	}
	paths[apiRoot+"/openapi.json"] = object{strings.ToLower(http.MethodGet): object{"operationId": "document", "summary": "This document", "security": []any{},
		"responses": object{"200": object{"description": "The document", "content": object{kindJSON: object{"schema": object{"type": "object"}}}}}}}
	problemSchema := all.of(reflect.TypeFor[problem]())
	document := object{
		"openapi": "3.1.0",
		"info":    object{"title": "PHDP", "version": "1", "description": "What the pages of PHDP show, as JSON. A null is unknown, or a count that is hidden."},
		"paths":   paths,
		"components": object{
			"schemas":         all,
			"responses":       object{"Problem": object{"description": "What went wrong (RFC 9457)", "content": object{"application/problem+json": object{"schema": problemSchema}}}},
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer", "description": "A token of 'phdp tokens add'"}, "password": object{"type": "http", "scheme": "basic", "description": "Any name, with a token as the password"}},
		},
		"security": []any{object{"token": []string{}}, object{"password": []string{}}},
		"tags":     []any{},
	}
	text, err := json.Marshal(document)
	if err != nil { // maps of texts always become JSON
		s.log.Error("API document not written", "error", err)
	}
	return text
}
