from forecasting.base.random_streams import stream


def test_stream_is_known_by_its_names() -> None:
    assert stream(1, "a", "b").random() == stream(1, "a", "b").random()


def test_streams_differ_by_seed_and_name() -> None:
    values = {stream(*key).random() for key in ((1, "a"), (2, "a"), (1, "b"), (1, "a", "b"))}
    assert len(values) == 4
