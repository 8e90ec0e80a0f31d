/** Value of a parameter of the page's address, or of another one. */
export function param(name: string, url?: string): string {
  const found = (url || location.search).match("[?&]" + name + "=([^&#]*)");
  const text = found ? found[1]!.replace(/\+/g, " ") : "";
  try {
    return decodeURIComponent(text);
  } catch (e) {
    return text; // "50%off"
  }
}
