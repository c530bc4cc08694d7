import { useState } from "react";
import type { FieldNode } from "../../core/contracts/window.ts";
import { Wire } from "../wire.tsx";

interface Props {
  readonly fields: readonly FieldNode[];
  readonly marked: FieldNode | null;
  readonly onMark: (field: FieldNode) => void;
  readonly label: string;
}

/** Fields of a packet as a tree that opens and closes; the field that is chosen marks its octets. */
export function FieldTree({ fields, marked, onMark, label }: Props) {
  return (
    <ul className="field-tree" role="tree" aria-label={label}>
      {fields.map((field, i) => (
        <Field
          key={i}
          field={field}
          marked={marked}
          onMark={onMark}
          isFirst={i === 0}
          isOpenAtFirst={i >= fields.length - 2}
        />
      ))}
    </ul>
  );
}

interface FieldProps extends Omit<Props, "fields" | "label"> {
  readonly field: FieldNode;
  readonly isFirst: boolean;
  readonly isOpenAtFirst: boolean;
}

function Field({ field, marked, onMark, isFirst, isOpenAtFirst }: FieldProps) {
  const [wasOpened, setOpen] = useState(isOpenAtFirst);
  const hasChildren = field.children.length > 0;
  const isMarked = marked === field;
  // A field that was marked by its octets is shown wherever it lies.
  const isOpen = wasOpened || (marked !== null && !isMarked && holds(field, marked));
  const toggle = () => {
    if (isOpen) onMark(field);
    setOpen(!isOpen);
  };
  return (
    <li
      role="treeitem"
      aria-expanded={hasChildren ? isOpen : undefined}
      aria-selected={isMarked}
      tabIndex={isMarked || (marked === null && isFirst) ? 0 : -1}
      onClick={(event) => {
        event.stopPropagation();
        onMark(field);
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight" && hasChildren && !isOpen) setOpen(true);
        else if (event.key === "ArrowLeft" && hasChildren && isOpen) toggle();
        else if (event.key === "ArrowDown" || event.key === "ArrowUp")
          step(event.currentTarget, event.key === "ArrowDown" ? 1 : -1);
        else if (event.key === "Enter" || event.key === " ") onMark(field);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onFocus={(event) => event.target === event.currentTarget && onMark(field)}
    >
      <span className={isMarked ? "line marked" : "line"}>
        {hasChildren && (
          <span
            className="twist"
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              toggle();
            }}
          >
            {isOpen ? "▾" : "▸"}
          </span>
        )}
        <span className="name">
          <Wire text={field.label} most={300} />
        </span>
        {field.value !== "" && (
          <span className="mono value">
            <Wire text={field.value} most={300} />
          </span>
        )}
      </span>
      {hasChildren && isOpen && (
        <ul role="group">
          {field.children.map((child, i) => (
            <Field key={i} field={child} marked={marked} onMark={onMark} isFirst={false} isOpenAtFirst={false} />
          ))}
        </ul>
      )}
    </li>
  );
}

function holds(field: FieldNode, wanted: FieldNode): boolean {
  return field.children.some((child) => child === wanted || holds(child, wanted));
}

/** Moves the focus to the item shown before or after. */
function step(item: HTMLElement, by: 1 | -1): void {
  const tree = item.closest('[role="tree"]');
  const items = [...(tree?.querySelectorAll<HTMLElement>('[role="treeitem"]') ?? [])];
  items[items.indexOf(item) + by]?.focus();
}
