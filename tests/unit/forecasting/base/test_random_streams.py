from forecasting.base.random_streams import random_stream


def test_stream_is_known_by_its_names() -> None:
    assert random_stream(1, "a", "b").random() == random_stream(1, "a", "b").random()


def test_streams_differ_by_seed_and_name() -> None:
    values = {random_stream(*key).random() for key in ((1, "a"), (2, "a"), (1, "b"), (1, "a", "b"))}
    assert len(values) == 4
