// Terms, and what is said of each, in the order given.

export const Terms = ({ all }: { all: readonly (readonly [term: string, text: string])[] }) => (
  <dl>
    {all.map(([term, text]) => (
      <div key={term}>
        <dt>{term}</dt>
        <dd>{text}</dd>
      </div>
    ))}
  </dl>
)
