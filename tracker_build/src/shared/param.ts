/** Value of a parameter of the page's address, or of another one. */
export function param(name: string, url?: string): string {
  const found = (url || location.search).match("[?&]" + name + "=([^&#]*)");
  return found ? decodeURIComponent(found[1]!.replace(/\+/g, " ")) : "";
}
