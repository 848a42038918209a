package lines

import "gopkg.in/yaml.v3"

// at builds a path into a YAML tree from field names and indexes.
func at(path ...any) []any { return path }

// lineAt returns the line of the node at the path, or of the deepest node of the path that is there.
func lineAt(root *yaml.Node, path []any) int {
	node := root
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	for _, step := range path {
		next := child(node, step)
		if next == nil {
			break
		}
		node = next
	}
	return node.Line
}

func child(node *yaml.Node, step any) *yaml.Node {
	switch s := step.(type) {
	case int:
		if node.Kind == yaml.SequenceNode && s < len(node.Content) {
			return node.Content[s]
		}
	case string:
		for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == s {
				return node.Content[i+1]
			}
		}
	}
	return nil
}

// entries returns the nodes of a list at the root.
func (c *checker) entries(name string) []*yaml.Node {
	if len(c.root.Content) == 0 {
		return nil
	}
	list := child(c.root.Content[0], name)
	if list == nil {
		return nil
	}
	return list.Content
}

func scalar(node *yaml.Node, name string) string {
	if value := child(node, name); value != nil {
		return value.Value
	}
	return ""
}
