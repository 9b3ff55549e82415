"""Key providers under threads, forks and devices that go and come back."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from crypto.errors import DeviceUnavailable
from tests.contracts.key_bench import PURPOSE, SECRET, Bench, works
from tests.support.forking import in_child
from tests.support.independent import holds


def eventually(act: Callable[[], object]) -> None:
    """Repeat until the device answers again; providers wait longer between tries the longer it was gone."""
    for _ in range(400):
        try:
            act()
        except DeviceUnavailable:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the provider did not come back")


def test_threads_share_provider_and_signer(bench: Bench) -> None:
    """Eight threads sign, wrap and draw at once: everything holds and no nonce is seen twice."""
    made = bench.key(bench.any_signing())
    signer = bench.provider.signer(made.handle, made.wrapped)

    def work(number: int) -> tuple[bytes, bytes]:
        data = str(number).encode()
        assert bench.provider.unwrap(bench.provider.wrap(data * 16, PURPOSE), PURPOSE) == data * 16
        bench.provider.check()
        return signer.sign(data), bench.provider.random(16)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(64)))
    for number, (signature, _) in enumerate(results):
        assert holds(made.handle, str(number).encode(), signature)
    assert len({signature[:32] for signature, _ in results}) == len(results)
    assert len({drawn for _, drawn in results}) == len(results)


def test_a_forked_child_works_and_shares_no_nonce(bench: Bench) -> None:
    """Parent and child go on with the same signer, provider and stored keys, each by itself."""
    made = bench.key(bench.any_signing())
    signer = bench.provider.signer(made.handle, made.wrapped)
    wrapped = bench.provider.wrap(SECRET, PURPOSE)

    def child() -> bytes:
        assert bench.provider.unwrap(wrapped, PURPOSE) == SECRET
        fresh = bench.provider.generate(bench.any_signing())
        assert works(bench, fresh)
        return signer.sign(b"data") + bench.provider.random(16)

    answers = [in_child(child) for _ in range(2)]
    answers.append(signer.sign(b"data") + bench.provider.random(16))
    assert all(holds(made.handle, b"data", answer[:64]) for answer in answers)
    assert len({answer[:32] for answer in answers}) == len({answer[64:] for answer in answers}) == 3
    bench.provider.check()


def test_a_child_forked_between_busy_threads_works(bench: Bench) -> None:
    """No lock of the provider or its library is inherited shut."""
    made = bench.key(bench.any_signing())
    signer = bench.provider.signer(made.handle, made.wrapped)
    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(lambda: [signer.sign(b"data") for _ in range(40)]) for _ in range(4)]
        answers = [in_child(lambda: signer.sign(b"data")) for _ in range(4)]
        for task in busy:
            task.result()
    assert all(holds(made.handle, b"data", answer) for answer in answers)


def test_a_device_that_goes_is_missed_and_its_return_noticed(bench: Bench) -> None:
    """Everything but name and algorithms raises DeviceUnavailable, at once and again; then all works by itself."""
    provider, case, algorithm = bench.provider, bench.case, bench.any_signing()
    if case.unplug is None or case.plug is None:
        provider.check()
        return
    made, named = bench.key(algorithm), (provider.name, provider.algorithms)
    signer = provider.signer(made.handle, made.wrapped)
    wrapped = provider.wrap(SECRET, PURPOSE)
    acts: list[Callable[[], object]] = [
        lambda: signer.sign(b"data"),
        lambda: provider.generate(algorithm),
        lambda: provider.signer(made.handle, made.wrapped),
        lambda: provider.wrap(SECRET, PURPOSE),
        lambda: provider.unwrap(wrapped, PURPOSE),
        lambda: provider.random(16),
        provider.check,
    ]
    for first in acts:
        case.unplug()
        try:
            for act in (first, *acts):
                with pytest.raises(DeviceUnavailable):
                    act()
            assert (provider.name, provider.algorithms) == named
        finally:
            case.plug()
        eventually(first)
        eventually(provider.check)
    assert holds(made.handle, b"data", signer.sign(b"data"))
    assert provider.unwrap(wrapped, PURPOSE) == SECRET


def test_a_device_that_comes_back_serves_all_threads_again(bench: Bench) -> None:
    """Threads that ran through the loss saw DeviceUnavailable and nothing else, and their later work holds."""
    case, made = bench.case, bench.key(bench.any_signing())
    signer = bench.provider.signer(made.handle, made.wrapped)
    if case.unplug is None or case.plug is None:
        return
    signatures: list[bytes] = []

    def work() -> None:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            try:
                signatures.append(signer.sign(b"data"))
            except DeviceUnavailable:
                time.sleep(0.005)

    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(work) for _ in range(8)]
        time.sleep(0.2)
        case.unplug()
        time.sleep(0.3)
        case.plug()
        for task in tasks:
            task.result()
    eventually(lambda: signatures.append(signer.sign(b"data")))
    assert all(holds(made.handle, b"data", signature) for signature in {*signatures[:20], *signatures[-20:]})
