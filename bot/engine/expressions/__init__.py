"""Our own XPath 1.0 subset, for `relevant`, `constraint`, `choice_filter` and `calculation`.

`compile` reads an author's text once and finds everything that is wrong with it; `evaluate` only
runs closures. Total: what compiles gives a value for every context, or raises ExpressionError,
never anything else. Pure: no I/O, no clock, no randomness, and nothing of an answer is remembered.

What differs from XPath 1.0, and why:

- `${name}` and `.` are the texts of answers, not sets of nodes: '' is empty, and false.
- A date counts as its days since 1970-01-01 where a number is wanted, and two dates stand in order
  as finely as the coarser one says: forms ask `. <= today()`.
- Two values are compared at a time.
- sum, min and max pass over skipped answers: any question can be skipped.
"""

from dataclasses import dataclass, field

from bot.engine.expressions.lexer import lex
from bot.engine.expressions.parser import Parser
from bot.engine.expressions.values import Context, Run, Value, to_text, to_truth
from bot.errors import ExpressionError

__all__ = ["Context", "Expression", "Value", "compile"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """A compiled expression, and what it reads."""

    source: str
    names: frozenset[str]  # every ${name}, questions and counted repeats
    compared: frozenset[str]  # of these, all but those that are only asked `= ''` or `!= ''`
    counted: frozenset[str]  # of these, the repeats of count(${repeat})
    columns: frozenset[str]  # of the choices sheet
    uses_self: bool  # reads `.`
    warnings: tuple[str, ...]  # it was understood, but was it meant?
    run: Run = field(repr=False, compare=False)

    def evaluate(self, context: Context) -> Value:
        """Return the value in this context; raises ExpressionError."""
        try:
            return self.run(context)
        except ExpressionError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a context raises; its words stay there
            raise ExpressionError(type(error).__name__) from None

    def true(self, context: Context) -> bool:
        """Return boolean(value); raises ExpressionError."""
        return to_truth(self.evaluate(context))

    def text(self, context: Context) -> str:
        """Return string(value), as a calculation is kept; raises ExpressionError."""
        return to_text(self.evaluate(context))


def compile(source: str, *, choice_names: bool = False) -> Expression:  # noqa: A001 - the verb
    """Compile the text of an expression; raises ExpressionFault.

    `choice_names` allows bare names, the columns of the choices sheet, as in `choice_filter`.
    """
    tokens, warnings = lex(source)
    parser = Parser(tokens, choice_names=choice_names)
    node = parser.parse()
    return Expression(
        source=source,
        names=parser.names,
        compared=parser.compared,
        counted=frozenset(parser.counted),
        columns=frozenset(parser.columns),
        uses_self=parser.uses_self,
        warnings=(*warnings, *parser.warnings),
        run=node.run,
    )
