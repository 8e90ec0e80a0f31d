/**
 * Put in by the bundler with the module "vitals": web-vitals makes a Map as the script is read, and where there is none
 * that would end the whole script. In such a browser there is nothing to measure.
 */
export const Map = (window as unknown as { Map?: ObjectConstructor }).Map || Object;
