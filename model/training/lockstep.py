"""`Lockstep`: the networks of one experiment, one or two, trained step for step."""

from cellscope.model.spec import Spec
from cellscope.model.training.live import LiveNetwork, SavedNetwork
from cellscope.model.training.snapshot import Snapshot, Status

Specs = tuple[Spec, ...]  # of the one network, or of the two
Saved = tuple[SavedNetwork, ...]


class Lockstep:
    """Step k of the one network and step k of the other are taken together.

    Data and batches are functions of the spec and the step, so networks that differ in other
    settings see the same ones. One that diverges stays where it is, the other goes on: neither
    ever touches the other's numbers.

    **Threads**: none of its own; the trainer's thread owns it.
    """

    def __init__(self, specs: Specs) -> None:
        self._begin(tuple(LiveNetwork(spec) for spec in specs))

    @classmethod
    def of(cls, networks: tuple[LiveNetwork, ...]) -> "Lockstep":
        """Networks that are under way, at the same step unless one of them has diverged."""
        made = cls.__new__(cls)
        made._begin(networks)
        return made

    def _begin(self, networks: tuple[LiveNetwork, ...]) -> None:
        self.networks = networks
        self._leading = networks[0]  # goes on, as long as one does
        self._choose_leading()

    @property
    def specs(self) -> Specs:
        return tuple(network.spec for network in self.networks)

    @property
    def step(self) -> int:
        """Updates made, by a network that goes on."""
        return self._leading.learner.step_count

    @property
    def diverged(self) -> bool:
        """Whether none goes on."""
        return self._leading.diverged

    @property
    def is_touched(self) -> bool:
        """Whether it is another state than the start."""
        return self.step > 0 or any(network.edits for network in self.networks)

    @property
    def is_looked_at(self) -> bool:
        """Of a graph there are no steps."""
        return any(spec.graph is not None for spec in self.specs)

    def advance(self) -> None:
        """The next step of every network that can take it."""
        for network in self.networks:
            if not network.diverged and not network.advance():
                self._choose_leading()

    def check(self) -> None:
        """Notice divergences that only the next step would have met."""
        for network in self.networks:
            network.check()
        self._choose_leading()

    def same_start(self, specs: Specs) -> bool:
        """Whether these networks are here already; a second one to leave out is no new start.

        Before the first step other points are a new start, since a scheme may look at them; but
        not where hands have changed a network: that would be lost.
        """
        same = Spec.same_start if self.is_touched else Spec.same_beginning
        return len(specs) <= len(self.networks) and all(map(same, specs, self.specs))

    def take_live(self, specs: Specs) -> None:
        """Go on with settings of the same start."""
        self.networks = self.networks[: len(specs)]
        for network, spec in zip(self.networks, specs, strict=True):
            network.take_live(spec)
        self._choose_leading()

    def save(self) -> Saved:
        """The state of all, for good."""
        return tuple(network.save() for network in self.networks)

    def restore(self, saved: Saved) -> None:
        """Be where networks of the same settings were."""
        for network, state in zip(self.networks, saved, strict=True):
            network.restore(state)
        self._choose_leading()

    def snapshot(
        self,
        *,
        version: int,
        run: int,
        status: Status,
        rate: float,
        error: str | None,
        goal: int | None = None,
    ) -> Snapshot:
        """The first network's state, with the second's as its `other`."""
        made: Snapshot | None = None
        for network in reversed(self.networks):
            made = network.snapshot(
                version=version,
                run=run,
                status=status,
                rate=rate,
                error=error,
                goal=goal,
                other=made,
            )
        assert made is not None
        return made

    def _choose_leading(self) -> None:
        going = (network for network in self.networks if not network.diverged)
        self._leading = next(going, self.networks[0])


def specs_of(spec: Spec, other: Spec | None) -> Specs:
    """The experiment's specs: of one network, or of two."""
    return (spec,) if other is None else (spec, other)
