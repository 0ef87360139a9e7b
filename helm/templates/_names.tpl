{{/* One installation per release: its objects are named for it. */}}
{{- define "interoffice.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "interoffice.selector" -}}
app.kubernetes.io/name: interoffice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "interoffice.labels" -}}
{{ include "interoffice.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "interoffice.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* interoffice.yaml: what the chart knows, and the settings of the values beside it. */}}
{{- define "interoffice.settings" -}}
{{- $listen := dict }}
{{- range $name, $port := .Values.listen }}
{{- $_ := set $listen $name (ternary (printf "0.0.0.0:%v" $port) $port (ne (toString $port) "false")) }}
{{- end }}
{{- $own := dict "domain" (required "domain is missing: set it to what stands behind the @ of an address" .Values.domain) "data-dir" "/data" "listen" $listen }}
{{- if .Values.tlsSecretName }}
{{- $_ := set $own "certificate" (dict "certificate" "/run/secrets/tls/tls.crt" "key" "/run/secrets/tls/tls.key") }}
{{- end }}
{{- toYaml (merge $own .Values.settings) }}
{{- end }}
