package models

import (
	"fmt"
	"slices"
	"strings"
)

// rank orders the layers; a model may read models of its own layer or a lower one.
var rank = map[Layer]int{Staging: 0, Intermediate: 1, Marts: 2}

// verify checks that inputs are declared, known, used and not above the model, and returns the models
// in an order in which every input comes first.
func verify(c catalogue) ([]Model, error) {
	known := map[string]Model{}
	for _, m := range c.models {
		if other, ok := known[m.Name]; ok {
			return nil, fmt.Errorf("%s: the name is taken by %s", m.File, other.File)
		}
		known[m.Name] = m
	}
	for _, m := range c.models {
		if err := verifyInputs(m.File, m.Inputs, m.SQL, known, c.reference); err != nil {
			return nil, err
		}
		if err := verifyLayers(m, known); err != nil {
			return nil, err
		}
		if err := verifyBy(m); err != nil {
			return nil, err
		}
	}
	for _, k := range c.checks {
		if err := verifyInputs(k.File, k.Inputs, k.SQL, known, c.reference); err != nil {
			return nil, err
		}
	}
	return order(c.models, known)
}

func verifyInputs(file string, inputs []string, sql string, known map[string]Model, reference map[string]string) error {
	used := tablesUsed(sql)
	for _, in := range inputs {
		_, isModel := known[in]
		_, isRef := reference[strings.TrimPrefix(in, "ref.")]
		isRef = isRef && strings.HasPrefix(in, "ref.")
		if !isModel && !isRef && !strings.HasPrefix(in, "lake.") {
			return fmt.Errorf("%s: unknown input %s", file, in)
		}
		if !slices.Contains(used, in) {
			return fmt.Errorf("%s: input %s is declared and not used", file, in)
		}
	}
	for _, table := range used {
		if !slices.Contains(inputs, table) {
			return fmt.Errorf("%s: reads %s, which is not among its inputs", file, table)
		}
	}
	return nil
}

func verifyLayers(m Model, known map[string]Model) error {
	for _, in := range m.Inputs {
		if strings.HasPrefix(in, "lake.") && m.Layer != Staging {
			return fmt.Errorf("%s: only staging reads the lake, not %s", m.File, m.Layer)
		}
		if other, ok := known[in]; ok && rank[other.Layer] > rank[m.Layer] {
			return fmt.Errorf("%s: %s reads %s of the layer above", m.File, m.Layer, in)
		}
	}
	return nil
}

// verifyBy checks what a model says of the people to whom its rows belong.
func verifyBy(m Model) error {
	column := "patient_id"
	if m.Layer == Staging {
		column = "patient_key"
	}
	switch {
	case len(m.By) > 0 && len(m.Compared) > 0:
		return fmt.Errorf("%s: is made person by person or compared, not both", m.File)
	case len(m.By) > 0 && !slices.Equal(m.By, []string{column}):
		return fmt.Errorf("%s: by is %s, want %s", m.File, strings.Join(m.By, ", "), column)
	case m.View != "" && (m.Layer != Intermediate || len(m.By) == 0):
		return fmt.Errorf("%s: only an intermediate model that is made person by person can be a view", m.File)
	case (len(m.First) > 0) != (len(m.By) > 0 && m.Layer == Staging):
		return fmt.Errorf("%s: first belongs to staging by %s, and that to first", m.File, column)
	}
	return verifyDue(m)
}

// verifyDue checks that who is due can be told from the inputs of a model and from its own rows.
func verifyDue(m Model) error {
	if m.Due == "" {
		return nil
	}
	if !slices.Contains(m.Inputs, "ref.settings") || !slices.Equal(m.By, []string{"patient_id"}) {
		return fmt.Errorf("%s: due belongs to a model that looks at the day person by person", m.File)
	}
	for _, table := range tablesUsed(m.Due) {
		if table != m.Name && !slices.Contains(m.Inputs, table) {
			return fmt.Errorf("%s: due reads %s, which is not among its inputs", m.File, table)
		}
	}
	return nil
}

// order sorts so that inputs come first, and otherwise by layer and name.
func order(models []Model, known map[string]Model) ([]Model, error) {
	const visiting, done = 1, 2
	state := map[string]int{}
	var sorted []Model
	var visit func(m Model, path []string) error
	visit = func(m Model, path []string) error {
		path = append(path, m.Name)
		switch state[m.Name] {
		case done:
			return nil
		case visiting:
			return fmt.Errorf("%s: inputs go in a circle: %s", m.File, strings.Join(path, " <- "))
		}
		state[m.Name] = visiting
		for _, in := range m.Inputs {
			if other, ok := known[in]; ok {
				if err := visit(other, path); err != nil {
					return err
				}
			}
		}
		state[m.Name] = done
		sorted = append(sorted, m)
		return nil
	}
	for _, m := range models {
		if err := visit(m, nil); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}
