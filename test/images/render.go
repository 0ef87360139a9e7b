// Renders a chart with the template engine that Helm is made of (text/template and sprig), for machines without Helm:
//   render CHART [VALUES.yaml]
// Writes all documents to standard output and checks that each is YAML. Knows include, tpl, toYaml and required; no
// subcharts, hooks or schema.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type object = map[string]interface{}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

func readYaml(file string) object {
	text, err := os.ReadFile(file)
	fail(err)
	value := object{}
	fail(yaml.Unmarshal(text, &value))
	return value
}

// Later values win; null removes, as in Helm.
func overlay(under, over object) object {
	for key, value := range over {
		below, isBelow := under[key].(object)
		above, isAbove := value.(object)
		switch {
		case value == nil:
			delete(under, key)
		case isBelow && isAbove:
			under[key] = overlay(below, above)
		default:
			under[key] = value
		}
	}
	return under
}

func toYaml(value interface{}) (string, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return strings.TrimSuffix(text.String(), "\n"), err
}

func functions(root *template.Template) template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	render := func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := root.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	all["include"] = render
	all["toYaml"] = toYaml
	all["tpl"] = func(text string, data interface{}) (string, error) {
		if _, err := root.New("tpl").Parse(text); err != nil {
			return "", err
		}
		return render("tpl", data)
	}
	all["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	return all
}

func main() {
	chart := os.Args[1]
	meta := readYaml(filepath.Join(chart, "Chart.yaml"))
	values := readYaml(filepath.Join(chart, "values.yaml"))
	if len(os.Args) > 2 {
		values = overlay(values, readYaml(os.Args[2]))
	}
	data := object{
		"Values":  values,
		"Chart":   object{"Name": meta["name"], "Version": meta["version"], "AppVersion": meta["appVersion"]},
		"Release": object{"Name": "office", "Namespace": "chat", "Service": "Helm", "IsInstall": true},
	}
	root := template.New("chart").Option("missingkey=zero")
	root.Funcs(functions(root))
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	fail(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		fail(err)
		_, err = root.New(filepath.Base(file)).Parse(string(text))
		fail(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, ".yaml") {
			continue
		}
		var out bytes.Buffer
		fail(root.ExecuteTemplate(&out, filepath.Base(file), data))
		var document interface{}
		if err := yaml.Unmarshal(out.Bytes(), &document); err != nil {
			fail(fmt.Errorf("%s: %w\n%s", file, err, out.String()))
		}
		if document != nil {
			fmt.Printf("---\n%s\n", strings.TrimSpace(out.String()))
		}
	}
}
