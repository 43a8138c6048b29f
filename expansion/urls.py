from django.urls import path

from expansion.views import deciding, events, lists, referrals, rules, signals, tips

app_name = "expansion"
urlpatterns = [
    path("expansion/", signals.signals, name="signals"),
    path("expansion/accounts/<int:pk>/", signals.account_signals, name="account_signals"),
    path("expansion/decide/", deciding.decide, name="decide"),
    path("expansion/events/new/", events.event_new, name="event_new"),
    path("expansion/events/<int:pk>/take-back/", events.event_take_back, name="event_take_back"),
    path("expansion/lists/", lists.hunting, name="lists"),
    path("expansion/lists/file/", lists.hunting_file, name="lists_file"),
    path("expansion/rules/", rules.rules, name="rules"),
    path("expansion/rules/<slug:key>/", rules.rule, name="rule"),
    path("expansion/referrals/", referrals.referrals, name="referrals"),
    path("expansion/referrals/new/<slug:what>/", referrals.choose, name="referral_choose"),
    path("expansion/referrals/<int:pk>/", referrals.referral, name="referral"),
    path("expansion/referrals/<int:pk>/intro/", referrals.intro, name="referral_intro"),
    path("expansion/referrals/<int:pk>/approve/", referrals.approve, name="referral_approve"),
    path("expansion/referrals/<int:pk>/given/", referrals.given, name="referral_given"),
    path("expansion/referrals/<int:pk>/decline/", referrals.decline, name="referral_decline"),
    path("expansion/referrals/<int:pk>/pursue/", referrals.pursue, name="referral_pursue"),
    path("expansion/referrals/<int:pk>/thank/", referrals.thank, name="referral_thank"),
    path("expansion/referrals/<int:pk>/tell/", referrals.tell, name="referral_tell"),
    path("expansion/referrals/<int:pk>/recognise/", referrals.recognise, name="referral_recognise"),
    path("expansion/accounts/<int:account>/ask/", referrals.ask, name="referral_ask"),
    path("expansion/accounts/<int:account>/referral/", referrals.came, name="referral_came"),
    path("tips/", tips.tips, name="tips"),
    path("tips/new/", tips.new_tip, name="new_tip"),
    path("tips/<int:pk>/", tips.tip, name="tip"),
    path("tips/<int:pk>/answer/", tips.answer, name="answer_tip"),
    path("tips/<int:pk>/photo/", tips.photo, name="tip_photo"),
]
