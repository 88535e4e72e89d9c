{{- define "gitops-master.subjects" -}}
subjects:
  - {kind: ServiceAccount, name: {{ include "gitops-master.serviceAccount" . }}, namespace: {{ .Release.Namespace }}}
{{- end -}}

{{- /* Of all namespaces; the namespace of the release is in the name, so that two releases do not meet. */ -}}
{{- define "gitops-master.clusterRole" -}}
{{- $root := index . 0 -}}
{{- $name := printf "%s-%s-%s" $root.Release.Namespace (include "gitops-master.name" $root) (index . 1) -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $name }}
  labels: {{- include "gitops-master.labels" $root | nindent 4 }}
rules:
{{ $root.Files.Get (printf "files/rbac/%s.yaml" (index . 2)) | trim }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name }}
  labels: {{- include "gitops-master.labels" $root | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ $name }}}
{{ include "gitops-master.subjects" $root }}
{{- end -}}

{{- define "gitops-master.role" -}}
{{- $root := index . 0 -}}
{{- $namespace := index . 1 -}}
{{- $name := printf "%s-%s" (include "gitops-master.name" $root) (index . 2) -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels: {{- include "gitops-master.labels" $root | nindent 4 }}
rules:
{{ $root.Files.Get (printf "files/rbac/%s.yaml" (index . 3)) | trim }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ $namespace }}
  labels: {{- include "gitops-master.labels" $root | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ $name }}}
{{ include "gitops-master.subjects" $root }}
{{- end -}}

{{- define "gitops-master.impersonator" -}}
{{- $name := printf "%s-%s-impersonator" .Release.Namespace (include "gitops-master.name" .) -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $name }}
  labels: {{- include "gitops-master.labels" . | nindent 4 }}
rules:
{{- if .Values.impersonate.anybody }}
  - apiGroups: [""]
    resources: [users, groups]
    verbs: [impersonate]
{{- else }}
{{- range $kind, $names := dict "users" .Values.impersonate.users "groups" .Values.impersonate.groups }}
{{- if $names }}
  - apiGroups: [""]
    resources: [{{ $kind }}]
    verbs: [impersonate]
    resourceNames: {{- toYaml $names | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $name }}
  labels: {{- include "gitops-master.labels" . | nindent 4 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{ $name }}}
{{ include "gitops-master.subjects" . }}
{{- end -}}
