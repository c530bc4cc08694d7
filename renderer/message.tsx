/** A state that is no content: loading, empty, failed. */
export function Message({ title, text }: { title: string; text?: string }) {
  return (
    <div className="message" role={text === undefined ? "status" : "alert"}>
      <h1>{title}</h1>
      {text !== undefined && <p>{text}</p>}
    </div>
  );
}
