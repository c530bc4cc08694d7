/** A piece of SVG: text that is already escaped. */
export interface Svg {
    readonly svg: string;
}
type Attributes = Readonly<Record<string, string | number | undefined>>;
/**
 * One SVG element. Attribute values and text are escaped; numbers are rounded to hundredths so that the same figure
 * gives the same text everywhere.
 */
export declare function element(name: string, attributes: Attributes, ...children: readonly (Svg | string)[]): Svg;
/** A whole figure with an accessible name and description. */
export declare function figure(width: number, height: number, title: string, description: string, ...children: Svg[]): Svg;
/** Text with `&`, `<`, `>`, quotes escaped and characters that XML forbids shown as U+FFFD. */
export declare function escapeXml(text: string): string;
/** At most hundredths, without trailing zeros. */
export declare function rounded(value: number): string;
/** The text, or its beginning and an ellipsis if it has more than `length` characters. */
export declare function shortened(text: string, length: number): string;
export {};
