/** Names of a form's fields, each once. By attribute: a field called "id" hides the form's own. */
export function fieldNames(form: Element): string[] {
  const names: string[] = [];
  [].forEach.call(form.querySelectorAll("[name]"), function (field: Element) {
    const name = field.getAttribute("name")!;
    if (names.indexOf(name) < 0) names.push(name);
  });
  return names;
}
